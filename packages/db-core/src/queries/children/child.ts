import type { z } from 'zod';
import { sql } from '../../query/sql.ts';
import { childrenRow } from '../../rows/children.ts';

/** A child as queries give it: everything but the biometric templates. */
export const childRow = childrenRow.omit({ faceDescriptor: true, fingerprintHash: true });

/** A child, enrolled or not. */
export type Child = z.output<typeof childRow>;

/** The columns of {@link childRow}, of a table called `child`. */
export const childColumns = sql`
  child.id, child.first_name AS "firstName", child.last_name AS "lastName",
  child.date_of_birth AS "dateOfBirth", child.age_group AS "ageGroup", child.room,
  child.parent_name AS "parentName", child.parent_email AS "parentEmail",
  child.parent_phone AS "parentPhone", child.emergency_contact_name AS "emergencyContactName",
  child.emergency_contact_phone AS "emergencyContactPhone", child.is_active AS "isActive",
  child.created_at AS "createdAt", child.allergies, child.medical_notes AS "medicalNotes",
  child.immunizations, child.profile_photo_url AS "profilePhotoUrl",
  child.enrollment_date AS "enrollmentDate", child.tuition_rate AS "tuitionRate",
  child.biometric_enrolled_at AS "biometricEnrolledAt",
  child.biometric_enabled AS "biometricEnabled", child.medical_conditions AS "medicalConditions",
  child.blood_type AS "bloodType", child.primary_physician AS "primaryPhysician",
  child.current_medications AS "currentMedications",
  child.dietary_restrictions AS "dietaryRestrictions", child.food_allergies AS "foodAllergies",
  child.special_care_instructions AS "specialCareInstructions",
  child.physical_limitations AS "physicalLimitations",
  child.emergency_medical_authorization AS "emergencyMedicalAuthorization",
  child.epi_pen_required AS "epiPenRequired", child.inhaler_required AS "inhalerRequired",
  child.physician_phone AS "physicianPhone", child.pediatrician_name AS "pediatricianName",
  child.pediatrician_phone AS "pediatricianPhone", child.preferred_hospital AS "preferredHospital",
  child.insurance_provider AS "insuranceProvider",
  child.insurance_policy_number AS "insurancePolicyNumber",
  child.insurance_group_number AS "insuranceGroupNumber",
  child.medical_action_plan AS "medicalActionPlan",
  child.immunization_records AS "immunizationRecords",
  child.immunization_exemptions AS "immunizationExemptions",
  child.next_immunization_due AS "nextImmunizationDue", child.last_health_check AS "lastHealthCheck",
  child.health_check_notes AS "healthCheckNotes", child.unenrollment_date AS "unenrollmentDate",
  child.enrollment_status AS "enrollmentStatus", child.unenrollment_reason AS "unenrollmentReason",
  child.stripe_customer_id AS "stripeCustomerId",
  child.stripe_subscription_id AS "stripeSubscriptionId",
  child.subscription_status AS "subscriptionStatus", child.parent_id AS "parentId"`;
